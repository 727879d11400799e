/** Bad input of every sort: what a file holds, and what the user is told about it. */
import { backendObjectRef, gateway, gatewayClass, httpRoute, listener, parent, prefix } from "../builders/objects.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

/** One file that something is wrong with. */
export interface BadInput {
  readonly what: string;
  /** Its name; `bad.yaml` where left out. */
  readonly file?: string;
  readonly content: string | Uint8Array | readonly object[];
  /** What the report must say, each in one line `subject: field: reason: message`, in any order. */
  readonly says: readonly RegExp[];
}

const routeHead = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: bad}\n";
const place = (line: number) => `bad\\.yaml:${line}`;
const megabyte = 2 ** 20;

const textual: readonly BadInput[] = [
  {
    what: "a quote that never ends",
    content: `${routeHead}spec: {hostnames: ["bad.test]}\n`,
    says: [new RegExp(`^\\S*${place(5)}: .*(quote|flow|end)`)],
  },
  {
    what: "a mapping with a wrong indent",
    content: `${routeHead}spec:\n  rules:\n- matches: []\n   name: x\n`,
    says: [new RegExp(`^\\S*${place(5)}: .*sequence`)],
  },
  { what: "a tab for an indent", content: `${routeHead}spec:\n\trules: []\n`, says: [new RegExp(`^\\S*${place(5)}: .*Tabs`)] },
  {
    what: "a key given twice",
    content: `${routeHead}spec: {hostnames: [a.test], hostnames: [b.test]}\n`,
    says: [new RegExp(`^\\S*${place(4)}: .*keys must be unique`)],
  },
  { what: "a text", content: "just a text\n", says: [new RegExp(`^\\S*${place(1)}: .*(object|mapping)`)] },
  {
    what: "no kind",
    content: "apiVersion: v1\nmetadata: {name: a}\n",
    says: [/object default\/a \(.*bad\.yaml:1\): kind: Required/],
  },
  { what: "a list that holds itself", content: "&a [*a]\n", says: [new RegExp(`^\\S*${place(1)}: `)] },
  {
    what: "an object that holds itself",
    content: `${routeHead}spec: &s {rules: [*s]}\n`,
    says: [new RegExp(`^\\S*${place(1)}: .*part of`)],
  },
  {
    what: "a few lines that stand for billions",
    content: `${routeHead}spec:\n  a: &a [x, x, x, x, x, x, x, x, x]\n${[..."bcdefghij"]
      .map((name, i) => `  ${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[i]}`).join(", ")}]`)
      .join("\n")}\n`,
    says: [/^\S*bad\.yaml:\d+: .*alias/],
  },
  {
    what: "half a file",
    content: JSON.stringify(routeFor("bad", "bad.test", [ruleTo([prefix("/")])]), null, 2).slice(0, 300),
    says: [/^\S*bad\.yaml:\d+: /],
  },
  { what: "binary", content: Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256), says: [/bad\.yaml: .*(UTF-8|text)/] },
  { what: "UTF-16", content: Buffer.from("\ufeffapiVersion: v1\n", "utf16le"), says: [/bad\.yaml: .*text file/] },
  { what: "10 MB of brackets", content: "[".repeat(10 * megabyte), says: [/bad\.yaml(:\d+)?: /] },
  {
    what: "10 MB in one name",
    content: `${routeHead}spec: {${"x".repeat(10 * megabyte)}: 1}\n`,
    says: [/HTTPRoute default\/bad.*unknown field/],
  },
  {
    what: "70 MB",
    content: `# ${"x".repeat(70 * megabyte)}\n`,
    says: [/bad\.yaml: is larger than \d+ bytes; split it/],
  },
];

const typed = (what: string, spec: string, ...says: RegExp[]): BadInput => ({
  what,
  content: `${routeHead}spec: ${spec}\n`,
  says,
});

const schematic: readonly BadInput[] = [
  typed(
    "a text where a list belongs",
    "{hostnames: bad.test}",
    /HTTPRoute default\/bad.*: spec\.hostnames: .*must be of type array/,
  ),
  typed(
    "a number where a text belongs",
    "{rules: [{name: 5}]}",
    /HTTPRoute default\/bad.*: spec\.rules\[0\]\.name: .*must be of type string/,
  ),
  typed("an unknown field", "{rules: [{backends: []}]}", /HTTPRoute default\/bad.*: spec\.rules\[0\]\.backends: .*unknown field/),
  typed(
    "an unknown value",
    "{rules: [{filters: [{type: Nothing}]}]}",
    /spec\.rules\[0\]\.filters\[0\]\.type: .*supported values/,
  ),
  typed(
    "a rule of the kind broken",
    "{rules: [{filters: [{type: RequestRedirect}]}]}",
    /spec\.rules\[0\]\.filters\[0\]: .*filter\.requestRedirect must be specified/,
  ),
  typed("a bound exceeded", `{hostnames: [${Array(17).fill("bad.test").join(",")}]}`, /spec\.hostnames: .*at most 16 items/),
  typed("a text that fits no pattern", "{hostnames: ['not a host']}", /spec\.hostnames\[0\]: .*should match/),
  {
    what: "an unknown kind",
    content: "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTProute\nmetadata: {name: bad}\n",
    says: [/HTTProute default\/bad \(.*bad\.yaml:2\): kind: .*no matches for kind "HTTProute"/],
  },
  {
    what: "a name that no API server takes",
    content: [{ ...localBackend("bad", 80), metadata: { name: "Bad_Name" } }],
    says: [/Backend default\/Bad_Name.*: metadata\.name: /],
  },
  {
    what: "the name of another file's object",
    file: "later.yaml",
    content: [localBackend("echo", 1)],
    says: [/Backend default\/echo \(.*later\.yaml:1\): is a duplicate: the one at .*good\.yaml:\d+ counts/],
  },
];

const to = (name: string, ...refs: readonly ReturnType<typeof backendObjectRef>[]) =>
  routeFor(name, `${name}.test`, [{ backendRefs: refs, matches: [prefix("/")] }]);

const referential: readonly BadInput[] = [
  {
    what: "a route to a backend that is not there",
    content: [to("bad", backendObjectRef("nobody"))],
    says: [/HTTPRoute\/default\/bad at eg: .*BackendNotFound: .*default\/nobody/],
  },
  {
    what: "a route to another namespace without a grant",
    content: [to("bad", { ...backendObjectRef("nobody"), namespace: "closed" })],
    says: [/HTTPRoute\/default\/bad at eg: .*RefNotPermitted: .*ReferenceGrant/],
  },
  {
    what: "a route to a Service without a port",
    content: [to("bad", { group: "", kind: "Service", name: "nobody", weight: 1 })],
    says: [/HTTPRoute default\/bad.*: spec\.rules\[0\]\.backendRefs\[0\]: .*[Pp]ort/],
  },
  {
    what: "a route to itself",
    content: [to("bad", { group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "bad", weight: 1 })],
    says: [/HTTPRoute\/default\/bad at eg: .*InvalidKind: /],
  },
  {
    what: "a route to a section that its Gateway lacks",
    content: [
      httpRoute("default/bad", [ruleTo([prefix("/")])], { parentRefs: [{ ...parent("default/eg"), sectionName: "none" }] }),
    ],
    says: [/HTTPRoute\/default\/bad at eg: .*NoMatchingParent: /],
  },
  {
    what: "a class of another name's parameters",
    content: [
      {
        ...gatewayClass("bad"),
        spec: {
          controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
          parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "none", namespace: "default" },
        },
      },
    ],
    says: [/GatewayClass\/bad: .*InvalidParameters: .*none/],
  },
  {
    what: "a Gateway with a certificate that is not there",
    content: [
      gateway("default/bad", [
        listener("https", {
          port: 4433,
          protocol: "HTTPS",
          tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: "none" }] },
        }),
      ]),
    ],
    says: [/Gateway\/default\/bad\/https: .*InvalidCertificateRef: .*none/],
  },
];

/** What never becomes an object: told by file and line. */
export const refusedInputs: readonly BadInput[] = [...textual, ...schematic];

/** What becomes an object that cannot be served as it is: told by its status. */
export const unservedInputs: readonly BadInput[] = referential;
