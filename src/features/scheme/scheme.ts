/** The scheme that backends are told. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (SchemeHeaderTransform). */
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

const part = slot<true>("scheme");

/** The `:scheme` of requests becomes that by which the backend is spoken to. */
export const scheme: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate: ({ scheme: choice }, parts) => ({ parts: choice === "MatchBackend" ? part.set(parts, true) : parts }),
  },
  connectionManager(draft, _fleet, own) {
    return part.of(own) === true ? { ...draft, schemeHeaderTransformation: { matchUpstream: true } } : draft;
  },
};
