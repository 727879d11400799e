/** Fields of credential injection (gateway.envoyproxy.io/v1alpha1, HTTPCredentialInjectionFilter). */
import { secretReference } from "../../api/gateway/references.ts";
import { boolean, object, optional, string } from "../../api/schema/vocabulary.ts";

/** A credential that proxies add to requests. */
export const credentialInjection = object("A credential that is added to requests on their way to the backend.", {
  credential: object("The credential.", {
    valueRef: secretReference("The Secret whose key `credential` is the value of the header, like `Bearer <token>`."),
  }),
  header: optional(string("The header that gets the credential. Authorization where left out.")),
  overwrite: optional(boolean("Replaces the header where the request has it already.")),
});
