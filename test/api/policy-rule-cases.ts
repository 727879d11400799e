/** Breaches of the CEL rules of policies, each with the place and the words in which it is told. */
import type { Draft } from "./complete-objects.ts";

const validation = (fields: object) => (policy: Draft) => {
  policy.spec.validation = { hostname: "a.com", ...fields };
};
const subjectAltName = (name: object) => (policy: Draft) => {
  policy.spec.validation.subjectAltNames = [name];
};
const refTo =
  (...sections: readonly (string | undefined)[]) =>
  (policy: Draft) => {
    policy.spec.targetRefs = sections.map((sectionName) => ({
      group: "",
      kind: "Service",
      name: "app",
      ...(sectionName !== undefined && { sectionName }),
    }));
  };
const authorities = { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }] };
const namePath = "spec.validation.subjectAltNames[0]";

/** A change to a complete object, where it is told, and the words. */
export type RuleCase = readonly [change: (document: Draft) => void, field: string, message: string];

/** What breaks the rules of a BackendTLSPolicy. */
export const backendTlsPolicyCases: readonly RuleCase[] = [
  [
    refTo("a", undefined),
    "spec.targetRefs",
    "sectionName must be specified when targetRefs includes 2 or more references to the same target",
  ],
  [
    refTo("a", "a"),
    "spec.targetRefs",
    "sectionName must be unique when targetRefs includes 2 or more references to the same target",
  ],
  [
    validation({ ...authorities, wellKnownCACertificates: "System" }),
    "spec.validation",
    "must not contain both CACertificateRefs and WellKnownCACertificates",
  ],
  [validation({}), "spec.validation", "must specify either CACertificateRefs or WellKnownCACertificates"],
  [subjectAltName({ type: "Hostname" }), namePath, "SubjectAltName element must contain Hostname, if Type is set to Hostname"],
  [
    subjectAltName({ type: "URI", uri: "a://b", hostname: "a.com" }),
    namePath,
    "SubjectAltName element must not contain Hostname, if Type is not set to Hostname",
  ],
  [subjectAltName({ type: "URI" }), namePath, "SubjectAltName element must contain URI, if Type is set to URI"],
  [
    subjectAltName({ type: "Hostname", uri: "a://b", hostname: "a.com" }),
    namePath,
    "SubjectAltName element must not contain URI, if Type is not set to URI",
  ],
];
