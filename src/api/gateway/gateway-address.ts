/** Addresses of a Gateway. Source: gateway-api v1.6, gateway_types.go (GatewaySpecAddress, GatewayStatusAddress). */
import type { Schema, ValidationRule, ValueOf } from "../schema/schema.ts";
import { list, object, optional, string } from "../schema/vocabulary.ts";

/** An address of type IPAddress has the form of one. */
const ipAddressForm: readonly Schema[] = [
  { properties: { type: { enum: ["IPAddress"] }, value: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] } } },
  { properties: { type: { not: { enum: ["IPAddress"] } } } },
];

const hostnamePattern = "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

const addressType = string("`IPAddress`, `Hostname`, `NamedAddress` or a domain-prefixed type.", {
  default: "IPAddress",
  minLength: 1,
  maxLength: 253,
  // The alternatives are not grouped in the original either: anything that contains `IPAddress` passes.
  pattern:
    "^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
});

const gatewayAddress = object(
  "An address that the Gateway shall have.",
  {
    type: addressType,
    value: optional(string("The address; any of the type where left out or empty.", { maxLength: 253 })),
  },
  {
    oneOf: ipAddressForm,
    rules: [
      {
        message: `Hostname value must be empty or contain only valid characters (matching ${hostnamePattern})`,
        rule: `self.type == 'Hostname' ? (!has(self.value) || self.value.matches(r"""${hostnamePattern}""")): true`,
      },
    ],
  },
);

const statusAddress = object(
  "An address that the Gateway has.",
  { type: addressType, value: string("The address.", { minLength: 1, maxLength: 253 }) },
  {
    oneOf: ipAddressForm,
    rules: [
      {
        message: `Hostname value must only contain valid characters (matching ${hostnamePattern})`,
        rule: `self.type == 'Hostname' ? self.value.matches(r"""${hostnamePattern}"""): true`,
      },
    ],
  },
);

/** The values of a type may not repeat. The blanks are those of the published rules. */
function uniqueValues(type: string, blanks = ""): ValidationRule {
  return {
    message: `${type} values must be unique`,
    rule: `self.all(a1, a1.type == '${type}' ${blanks}&& has(a1.value) ? self.exists_one(a2, a2.type == a1.type && has(a2.value) && a2.value == a1.value) : true )`,
  };
}

/** `spec.addresses` of a Gateway. */
export const gatewayAddresses = list(
  "Addresses that the Gateway shall have; chosen by the infrastructure where left out.",
  gatewayAddress,
  {
    maxItems: 16,
    by: "atomic",
    rules: [uniqueValues("IPAddress"), uniqueValues("Hostname", " ")],
  },
);

/** `status.addresses` of a Gateway. */
export const statusAddresses = list("Addresses that the Gateway has.", statusAddress, { maxItems: 16, by: "atomic" });

/** An address that a Gateway has. */
export type GatewayStatusAddress = ValueOf<typeof statusAddress>;
