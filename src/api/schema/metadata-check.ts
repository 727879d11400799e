/** Checks names, labels and annotations. Source: k8s.io/apimachinery v0.36, pkg/api/validation/objectmeta.go. */
import { isObject } from "../json-object.ts";
import { keyed } from "./field-path.ts";
import type { NameRule } from "./kind.ts";
import { type FieldProblem, invalid, required, tooLong } from "./problem.ts";

/** Form, length and explanation of a kind of name. */
interface NameForm {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly says: string;
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

const subdomain = `${label}(\\.${label})*`;

const names: Readonly<Record<NameRule, NameForm>> = {
  subdomain: {
    pattern: new RegExp(`^${label}(\\.${label})*$`),
    longest: 253,
    says: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`,
  },
  label: {
    pattern: new RegExp(`^${label}$`),
    longest: 63,
    says: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  signed: {
    pattern: new RegExp(`^${subdomain}(:${subdomain})*$`),
    longest: 253,
    says: "a lowercase RFC 1123 subdomain, after the signer's name with colons in place of slashes where there is a signer",
  },
  "label-1035": {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
};

const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const keyName = new RegExp(`^${qualified}$`);
const labelValue = new RegExp(`^(${qualified})?$`);
const longestPart = 63;
const mostAnnotations = 256 * 1024;

/** Finds what is wrong with an object's metadata; its structure must be right. */
export function checkMetadata(metadata: unknown, nameRule: NameRule): readonly FieldProblem[] {
  const { name, namespace, labels, annotations } = isObject(metadata) ? metadata : {};
  return [
    ...(name === undefined || name === ""
      ? [required("metadata.name", "name is required")]
      : checkName("metadata.name", name, names[nameRule])),
    ...(namespace === undefined ? [] : checkName("metadata.namespace", namespace, names.label)),
    ...checkLabels(labels),
    ...checkAnnotations(annotations),
  ];
}

function checkName(field: string, name: unknown, { pattern, longest, says }: NameForm): readonly FieldProblem[] {
  if (typeof name !== "string") return [];
  if (name.length > longest) return [invalid(field, name, `must be no more than ${longest} bytes`)];
  return pattern.test(name) ? [] : [invalid(field, name, says)];
}

function checkLabels(labels: unknown): readonly FieldProblem[] {
  if (!isObject(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => {
    const keyProblem = problemOfKey(key);
    const tooLongValue = typeof value === "string" && value.length > longestPart;
    return [
      ...(keyProblem === undefined ? [] : [invalid("metadata.labels", key, keyProblem)]),
      ...(tooLongValue ? [invalid("metadata.labels", value, `must be no more than ${longestPart} bytes`)] : []),
      ...(typeof value === "string" && !tooLongValue && !labelValue.test(value)
        ? [
            invalid(
              keyed("metadata.labels", key),
              value,
              `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${qualified})?')`,
            ),
          ]
        : []),
    ];
  });
}

function checkAnnotations(annotations: unknown): readonly FieldProblem[] {
  if (!isObject(annotations)) return [];
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)), 0);
  const keys = entries.flatMap(([key]) => {
    const problem = problemOfKey(key.toLowerCase());
    return problem === undefined ? [] : [invalid("metadata.annotations", key, problem)];
  });
  return size > mostAnnotations ? [...keys, tooLong("metadata.annotations", mostAnnotations)] : keys;
}

/** What is wrong with the key of a label or annotation: an optional subdomain, a slash, and a name. */
function problemOfKey(key: string): string | undefined {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  const form = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}')`;
  if (parts.length > 2)
    return `a valid label key ${form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (parts.length === 2 && parts[0] === "") return "prefix part must be non-empty";
  const prefix = parts.length === 2 ? (parts[0] ?? "") : undefined;
  if (prefix !== undefined && prefix.length > names.subdomain.longest)
    return `prefix part must be no more than ${names.subdomain.longest} bytes`;
  if (prefix !== undefined && !names.subdomain.pattern.test(prefix)) return `prefix part ${names.subdomain.says}`;
  if (name === "") return "name part must be non-empty";
  if (name.length > longestPart) return `name part must be no more than ${longestPart} bytes`;
  return keyName.test(name) ? undefined : `name part ${form}`;
}
