import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runtimeFlag } from "./envoy-gateway.ts";
import { parseConfig } from "./parse-config.ts";
import { standaloneConfig } from "./standalone-config.ts";
import { checkSupported } from "./support.ts";

const head = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\n";
const onHost =
  "provider:\n  type: Custom\n  custom:\n    resource: {type: File, file: {paths: [objects]}}\n    infrastructure: {type: Host, host: {}}\n";

function configOf(text: string) {
  const parsed = parseConfig(head + text, "eg.yaml");
  assert.ok("config" in parsed, JSON.stringify(parsed));
  return parsed.config;
}

function problemsOf(text: string) {
  const parsed = parseConfig(text, "eg.yaml");
  assert.ok("problems" in parsed, "it was taken");
  return parsed.problems;
}

describe("a file", () => {
  test("with nothing in it has the defaults of Envoy Gateway", () => {
    assert.deepEqual(configOf(""), {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyGateway",
      admin: { address: { host: "127.0.0.1", port: 19000 }, enableDumpConfig: false, enablePprof: false },
      extensionApis: { enableBackend: false, enableEnvoyPatchPolicy: false, enableLua: false, enableSDSSecretRef: false },
      gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
      logging: { encoder: "Text", level: { default: "info" } },
      provider: { type: "Kubernetes" },
      xdsServer: { maxConnectionAgeGrace: "2m" },
    });
  });

  test("may use every field", () => {
    const service = { fqdn: { hostname: "a.b", port: 1 }, retry: {}, tls: { certificateRef: { name: "a" } } };
    const full = {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyGateway",
      gateway: { controllerName: "example.com/c" },
      provider: {
        type: "Kubernetes",
        kubernetes: {
          watch: { type: "Namespaces", namespaces: ["a"] },
          deploy: { type: "GatewayNamespace" },
          rateLimitDeployment: { replicas: 2 },
          rateLimitHpa: { maxReplicas: 2 },
          rateLimitPDB: { minAvailable: 1 },
          shutdownManager: { image: "a" },
          proxyTopologyInjector: { disabled: true },
          leaderElection: { leaseDuration: "20s" },
          client: { rateLimit: { qps: 1 } },
          cacheSyncPeriod: "1h",
        },
      },
      logging: { encoder: "JSON", level: { default: "warn", "xds-server": "debug" } },
      admin: { address: { host: "::1", port: 0 }, enablePprof: true },
      telemetry: {
        metrics: { prometheus: { disable: true }, sinks: [{ openTelemetry: { host: "a" } }] },
        traces: { sink: { openTelemetry: { host: "a" } } },
      },
      xdsServer: { maxConnectionAge: "1h", maxReceiveMessageSize: "1Mi" },
      rateLimit: {
        backend: { type: "Redis", redis: { urlRef: { secretKeyRef: { name: "a", key: "b" } } } },
        timeout: "1s",
        failClosed: true,
        telemetry: {},
      },
      extensionManagers: [
        { name: "a", service, hooks: { xdsTranslator: { post: ["Route"], translation: { listener: { includeAll: true } } } } },
      ],
      extensionApis: { enableBackend: true },
      gatewayAPI: { enabled: ["XBackendTrafficPolicy"] },
      runtimeFlags: { enabled: ["XDSNameSchemeV1"] },
      envoyProxy: { concurrency: 2 },
    };
    const parsed = parseConfig(JSON.stringify(full), "eg.json");
    assert.ok("config" in parsed, JSON.stringify(parsed));
    assert.equal(parsed.config.extensionManagers?.[0]?.service?.retry?.maxAttempts, 4);
    assert.equal(parsed.config.telemetry?.traces?.sink?.openTelemetry?.port, 4317);
    assert.deepEqual(parsed.config.envoyProxy, { concurrency: 2, logging: { level: { default: "warn" } } });
    assert.deepEqual(parsed.config.provider.kubernetes?.client?.rateLimit, { qps: 1, burst: 100 });
  });

  const mistakes: readonly (readonly [string, number | undefined, string | undefined, RegExp])[] = [
    ["", undefined, undefined, /one object of kind EnvoyGateway/],
    ["[]", undefined, undefined, /one object of kind EnvoyGateway/],
    [`${head}a: [`, 3, undefined, /./],
    [`${head}---\n${head}`, undefined, undefined, /document/],
    ["kind: EnvoyGateway\n", 1, "apiVersion", /Required value/],
    [head.replace("v1alpha1", "v2"), 1, "apiVersion", /Unsupported value/],
    [`${head}gateway:\n  controlerName: x\n`, 4, "gateway.controlerName", /unknown field/],
    [`${head}gateway:\n  controllerName: ''\n`, 4, "gateway.controllerName", /at least 1 chars/],
    [
      `${head}logging:\n  level:\n    default: trace\n`,
      5,
      "logging.level.default",
      /supported values: "debug", "info", "warn", "error"/,
    ],
    [`${head}logging:\n  level:\n    envoy: info\n`, 5, "logging.level.envoy", /unknown field/],
    [`${head}provider:\n  type: Custom\n`, 3, "provider", /custom must be set/],
    [
      `${head}provider:\n  type: Kubernetes\n  custom: {resource: {type: File, file: {paths: [a]}}}\n`,
      3,
      "provider",
      /only if type is Custom/,
    ],
    [
      `${head}provider:\n  type: Custom\n  custom:\n    resource: {type: File}\n`,
      6,
      "provider.custom.resource",
      /file must be set/,
    ],
    [
      `${head}provider:\n  type: Custom\n  custom:\n    resource: {type: File, file: {paths: []}}\n`,
      6,
      "provider.custom.resource.file.paths",
      /at least 1 items/,
    ],
    [`${head}${onHost.replace(", host: {}", "")}`, 7, "provider.custom.infrastructure", /host must be set/],
    [`${head}${onHost.replace("Host, host", "Remote, host")}`, 7, "provider.custom.infrastructure", /remote must be set/],
    [`${head}rateLimit:\n  backend: {type: Redis}\n`, 4, "rateLimit.backend", /redis must be set/],
    [`${head}rateLimit:\n  backend: {type: Redis, redis: {}}\n`, 4, "rateLimit.backend.redis", /exactly one of url and urlRef/],
    [`${head}extensionManager: {}\nextensionManagers: [{name: a}]\n`, 1, "", /cannot be set together/],
    [`${head}extensionManagers: [{name: a}, {name: a}]\n`, 3, "extensionManagers", /a name of its own/],
    [`${head}extensionManager: {service: {}}\n`, 3, "extensionManager.service", /exactly one of fqdn, ip, unix and host/],
    [`${head}extensionApis: {enableLua: true, disableLua: true}\n`, 3, "extensionApis", /contradict/],
    [`${head}runtimeFlags:\n  enabled: [Nope]\n`, 4, "runtimeFlags.enabled[0]", /Unsupported value: "Nope"/],
    [`${head}xdsServer: {maxConnectionAge: 10 hours}\n`, 3, "xdsServer.maxConnectionAge", /should match/],
    [`${head}envoyProxy: {mergeGateways: true, mergeBackends: {}}\n`, 3, "envoyProxy", /mergeBackends/],
    [
      `${head}provider: {type: Kubernetes, kubernetes: {watch: {type: Namespaces}}}\n`,
      3,
      "provider.kubernetes.watch",
      /namespaces must be set/,
    ],
  ];
  test("with a mistake is refused, with file, line and field", () => {
    for (const [text, line, field, message] of mistakes) {
      const [problem, ...more] = problemsOf(text);
      assert.deepEqual(more, [], text);
      assert.equal(problem?.file, "eg.yaml");
      if (line !== undefined) assert.equal(problem?.line, line, text);
      assert.equal(problem?.field, field, text);
      assert.match(problem?.message ?? "", message, text);
    }
  });

  test("tells all mistakes at once", () => {
    const fields = problemsOf(`${head}foo: 1\nlogging: {encoder: XML}\nadmin: {address: {port: 70000}}\n`).map(
      ({ line, field }) => [line, field],
    );
    assert.deepEqual(fields, [
      [3, "foo"],
      [5, "admin.address.port"],
      [4, "logging.encoder"],
    ]);
  });
});

describe("runtime flags", () => {
  test("are off or on by themselves, and disabled wins", () => {
    assert.equal(runtimeFlag({}, "XDSNameSchemeV2"), false);
    assert.equal(runtimeFlag({}, "EndpointSliceIndex"), true);
    assert.equal(runtimeFlag({ runtimeFlags: { enabled: ["XDSNameSchemeV2"] } }, "XDSNameSchemeV2"), true);
    const both = { runtimeFlags: { enabled: ["XDSNameSchemeV1"], disabled: ["XDSNameSchemeV1", "EndpointSliceIndex"] } } as const;
    assert.equal(runtimeFlag(both, "XDSNameSchemeV1"), false);
    assert.equal(runtimeFlag(both, "EndpointSliceIndex"), false);
  });
});

describe("what the server cannot do yet", () => {
  const asks: readonly (readonly [string, string])[] = [
    [`${onHost.replace("Host, host: {}", "Remote, remote: {service: {host: a}}")}`, "provider.custom.infrastructure.type"],
    [`${onHost}rateLimit: {backend: {type: Redis, redis: {url: a}}}`, "rateLimit"],
    [`${onHost}extensionManager: {}`, "extensionManager"],
    [`${onHost}extensionManagers: [{name: a}]`, "extensionManagers"],
    [`${onHost}gatewayAPI: {enabled: [XBackendTrafficPolicy]}`, "gatewayAPI.enabled"],
    [`${onHost}telemetry: {traces: {}}`, "telemetry.traces"],
    [`${onHost}envoyProxy: {luaValidation: Disabled}`, "envoyProxy.luaValidation"],
    [
      `${onHost}envoyProxy: {provider: {type: Kubernetes, kubernetes: {envoyDeployment: {}}}}`,
      "envoyProxy.provider.kubernetes.envoyDeployment",
    ],
    [`${onHost}extensionApis: {enableLua: true}`, "extensionApis.enableLua"],
    [`${onHost}runtimeFlags: {disabled: [EndpointSliceIndex]}`, "runtimeFlags.disabled"],
  ];
  test("is told by field, with what to do", () => {
    for (const [text, field] of asks) {
      const found = checkSupported(configOf(text));
      assert.deepEqual(
        found.map((each) => each.field),
        [field],
        text,
      );
      assert.match(found[0]?.message ?? "", /use |remove it/);
    }
  });

  test("is nothing in standalone mode", () => {
    assert.deepEqual(checkSupported(standaloneConfig(["objects"])), []);
    assert.deepEqual(checkSupported(configOf(onHost)), []);
    assert.deepEqual(
      checkSupported(
        configOf(
          `${onHost}telemetry: {metrics: {sinks: [{openTelemetry: {host: a}}]}}\nadmin: {enablePprof: true, enableDumpConfig: true}\nenvoyProxy: {concurrency: 2}`,
        ),
      ),
      [],
    );
  });
});

test("without a file, objects are read from the paths, proxies run here, and Backends are allowed", () => {
  const config = standaloneConfig(["a", "b.yaml"]);
  assert.deepEqual(config.provider.custom?.resource.file?.paths, ["a", "b.yaml"]);
  assert.equal(config.provider.custom?.infrastructure?.type, "Host");
  assert.equal(config.extensionApis.enableBackend, true);
  assert.equal(config.gateway.controllerName, "gateway.envoyproxy.io/gatewayclass-controller");
});
