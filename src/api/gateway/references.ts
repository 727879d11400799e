/** How Gateway API objects refer to others. Source: gateway-api v1.6, object_reference_types.go and shared_types.go. */

import type { ValidationRule, ValueOf } from "../schema/schema.ts";
import { list, type ObjectOptions, object, optional } from "../schema/vocabulary.ts";
import { gatewayGroup, group, kindName, namespaceName, objectName, portNumber, sectionName } from "./names.ts";

/** An object in the same namespace. */
export function localObjectReference(description: string) {
  return object(description, {
    group: group("API group of the object; empty for the core group."),
    kind: kindName("Kind of the object."),
    name: objectName("Name of the object."),
  });
}

/** A parameters object, whose namespace is named where it has one. */
export function parametersReference(description: string) {
  return object(description, {
    group: group("API group of the object."),
    kind: kindName("Kind of the object."),
    name: objectName("Name of the object."),
    namespace: optional(namespaceName("Namespace of the object, where its kind has one.")),
  });
}

/** Any object, in this or another namespace. */
export function objectReference(description: string) {
  return object(description, {
    group: group("API group of the object; empty for the core group."),
    kind: kindName("Kind of the object."),
    name: objectName("Name of the object."),
    namespace: optional(
      namespaceName("Namespace of the object; the referring object's where left out. Another one needs a ReferenceGrant."),
    ),
  });
}

/** A Secret, unless another kind is named. */
export function secretReference(description: string) {
  return object(description, {
    group: group("API group of the object; empty for the core group.", { default: "" }),
    kind: kindName("Kind of the object.", { default: "Secret" }),
    name: objectName("Name of the object."),
    namespace: optional(
      namespaceName("Namespace of the object; the referring object's where left out. Another one needs a ReferenceGrant."),
    ),
  });
}

/** The fields of a reference to something that serves: a Service, unless another kind is named. */
export const backendReferenceFields = {
  group: group("API group of the backend; empty for the core group.", { default: "" }),
  kind: kindName("Kind of the backend.", { default: "Service" }),
  name: objectName("Name of the backend."),
  namespace: optional(namespaceName("Namespace of the backend; the route's where left out. Another one needs a ReferenceGrant.")),
  port: optional(portNumber("Port of the Service (not of its pods). Required for Services.")),
};

const needsPort = {
  rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
  message: "Must have port for Service reference",
};

/** Options of a backend reference: a Service must be given with its port. */
export const backendReferenceOptions: ObjectOptions = { rules: [needsPort] };

/** A backend without weight or filters. */
export function backendObjectReference(description: string) {
  return object(description, backendReferenceFields, backendReferenceOptions);
}

/** The Gateway of a ListenerSet. */
export const parentGatewayReference = object("The Gateway that the listeners are added to.", {
  group: group("API group of the Gateway.", { default: gatewayGroup }),
  kind: kindName("Kind of the Gateway.", { default: "Gateway" }),
  name: objectName("Name of the Gateway."),
  namespace: optional(namespaceName("Namespace of the Gateway; the ListenerSet's where left out.")),
});

/** What a route attaches to. */
export const parentReference = object("A Gateway or ListenerSet, or a part of it, that the route attaches to.", {
  group: group("API group of the parent.", { default: gatewayGroup }),
  kind: kindName("Kind of the parent: Gateway or ListenerSet, or Service for mesh.", { default: "Gateway" }),
  name: objectName("Name of the parent."),
  namespace: optional(namespaceName("Namespace of the parent; the route's where left out.")),
  port: optional(portNumber("Attach only to listeners on this port.")),
  sectionName: optional(sectionName("Attach only to the listener of this name.")),
});

/** `parentRefs` of a route. */
export function parentReferences(description: string) {
  return list(description, parentReference, { maxItems: 32, by: "atomic", rules: parentRules });
}

const sameParent = "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name";
const noNamespaces = "(!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')";

const sameNamespace = "has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__";

/** Whether a field is given in both references or in none. */
function givenAlike(field: string, nothing: string): string {
  return `(!has(p1.${field}) || p1.${field} == ${nothing}) == (!has(p2.${field}) || p2.${field} == ${nothing})`;
}

/** Whether a field is the same in both references. */
function alike(field: string, nothing: string): string {
  return `(((!has(p1.${field}) || p1.${field} == ${nothing}) && (!has(p2.${field}) || p2.${field} == ${nothing})) || (has(p1.${field}) && has(p2.${field}) && p1.${field} == p2.${field}))`;
}

/** The rules for references to one parent, by which fields they must be told apart. */
function sectionRules(fields: readonly (readonly [name: string, nothing: string])[]): readonly ValidationRule[] {
  const names = fields.map(([name]) => name).join(" or ");
  const given = fields.map(([name, nothing]) => givenAlike(name, nothing)).join(" && ");
  const same = fields.map(([name, nothing]) => alike(name, nothing)).join(" && ");
  const inOneNamespace = `((${noNamespaces}) || (${sameNamespace}))`;
  return [
    {
      message: `${names} must be specified when parentRefs includes 2 or more references to the same parent`,
      rule: `self.all(p1, self.all(p2, ${sameParent} && ${inOneNamespace} ? (${given}) : true))`,
    },
    {
      message: `${names} must be unique when parentRefs includes 2 or more references to the same parent`,
      rule: `self.all(p1, self.exists_one(p2, ${sameParent} && ${inOneNamespace} && ${same}))`,
    },
  ];
}

const section = ["sectionName", "''"] as const;

/** References to one parent differ by section or port. */
export const parentRules = sectionRules([section, ["port", "0"]]);

/** The same in the standard channel, where they differ by section only. */
export const standardParentRules = sectionRules([section]);

/** A reference of a route to its parent. */
export type ParentReference = ValueOf<typeof parentReference>;

/** A reference to a backend, as mirrors and policies have it. */
export type BackendObjectReference = ValueOf<ReturnType<typeof backendObjectReference>>;
