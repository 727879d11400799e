/** What becomes of x-request-id. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (RequestIDAction). */
import type { ClientTrafficSpec } from "../../api/envoy/client-traffic-policy.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

type Action = NonNullable<NonNullable<ClientTrafficSpec["headers"]>["requestID"]>;

const part = slot<Action>("client-request-id");

/** Whether IDs that clients sent are kept, and whether requests without one get one. */
export const clientRequestId: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate({ headers = {} }, parts) {
      const { requestID, preserveXRequestID = false } = headers;
      const action = requestID ?? (preserveXRequestID ? "PreserveOrGenerate" : undefined);
      return { parts: action === undefined ? parts : part.set(parts, action) };
    },
  },
  connectionManager(draft, _fleet, own) {
    const action = part.of(own);
    return {
      ...draft,
      ...((action === "Preserve" || action === "PreserveOrGenerate") && { preserveExternalRequestId: true }),
      ...((action === "Preserve" || action === "Disable") && { generateRequestId: false }),
    };
  },
};
