/** How Gateway API objects refer to others. Source: gateway-api v1.6, object_reference_types.go and shared_types.go. */

import type { ValueOf } from "../schema/schema.ts";
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
  return list(description, parentReference, { maxItems: 32, by: "atomic", rules: [sectionsGivenAlike, sectionsDiffer] });
}

const sameParent = "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name";
const noNamespaces = "(!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')";

const sectionsGivenAlike = {
  message: "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
  rule: `self.all(p1, self.all(p2, ${sameParent} && ((${noNamespaces}) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__)) ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '') && (!has(p1.port) || p1.port == 0) == (!has(p2.port) || p2.port == 0)): true))`,
};

const sectionsDiffer = {
  message: "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
  rule: `self.all(p1, self.exists_one(p2, ${sameParent} && ((${noNamespaces}) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__ )) && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || ( has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName)) && (((!has(p1.port) || p1.port == 0) && (!has(p2.port) || p2.port == 0)) || (has(p1.port) && has(p2.port) && p1.port == p2.port))))`,
};

/** A reference of a route to its parent. */
export type ParentReference = ValueOf<typeof parentReference>;

/** A reference to a backend, as mirrors and policies have it. */
export type BackendObjectReference = ValueOf<ReturnType<typeof backendObjectReference>>;
