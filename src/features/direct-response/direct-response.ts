import type { HeaderValueOptionJson } from "#envoy/envoy/config/core/v3/base_pb";
import type { ExtensionField, FilterOutcome, FilterProblem, FilterSite } from "../../gatewayapi/route-filter.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { escapeFormat, type HeaderValueReading } from "../header-modifier/format-escape.ts";
import type { HTTPDirectResponseFilter } from "./schema.ts";

interface Header {
  readonly name: string;
  readonly value: string;
}

/** The part of a rule whose requests the proxy answers itself. */
export interface DirectResponse {
  readonly status: number;
  /** As the user wrote it. */
  readonly body?: string;
  readonly set: readonly Header[];
  readonly add: readonly Header[];
}

/** The part's place. */
export const directResponseSlot = slot<DirectResponse>("direct-response");

/** The longest body, in bytes: a proxy keeps each of them in its memory. */
const longestBody = 1024 * 1024;

const directResponseField: ExtensionField = {
  field: "directResponse",
  incompatibleWith: ["RequestRedirect", "RequestMirror"],
  translate({ directResponse = {} }, parts, site): FilterOutcome {
    const { statusCode = 200, contentType, header = {} } = directResponse;
    if (directResponseSlot.of(parts) !== undefined)
      return { problem: mistake("another HTTPRouteFilter of the rule answers already; remove either") };
    if (statusCode < 200 || statusCode > 599)
      return { problem: mistake(`statusCode: ${statusCode} is no status of a final answer; use one from 200 to 599`) };
    // A gRPC call that succeeds ends with a message, and no body here is one.
    if (site.routeKind === "GRPCRoute" && statusCode < 300)
      return { problem: mistake(`statusCode: ${statusCode} is no answer to gRPC calls; use one from 300 to 599`) };
    const body = bodyOf(directResponse, site);
    if (typeof body === "object") return { problem: body };
    if (body !== undefined && Buffer.byteLength(body) > longestBody)
      return { problem: mistake("body: it is longer than 1 MiB; shorten it, or serve it from a backend") };
    const type = contentType === undefined ? [] : [{ name: "Content-Type", value: contentType }];
    const set = [...type, ...(header.set ?? [])];
    const response = { status: statusCode, set, add: header.add ?? [], ...(body !== undefined && body !== "" && { body }) };
    return { parts: directResponseSlot.set(parts, response) };
  },
};

/** The body, or why there is none. A ConfigMap gives that of its key `response.body`, else its first value, by key. */
function bodyOf({ body }: HTTPDirectResponseFilter, site: FilterSite): string | undefined | FilterProblem {
  if (body?.type !== "ValueRef") return body?.inline;
  const { name = "" } = body.valueRef ?? {};
  const configMap = site.configMap?.(name);
  if (configMap === undefined)
    return mistake(`body.valueRef: there is no ConfigMap ${name} in the namespace of the route; create it`);
  const data = configMap.data ?? {};
  const [first] = Object.keys(data).sort();
  const value = data["response.body"] ?? (first === undefined ? undefined : data[first]);
  return value ?? mistake(`body.valueRef: the ConfigMap ${name} has no data; add the key response.body`);
}

function mistake(message: string): FilterProblem {
  return { condition: "Accepted", reason: "UnsupportedValue", message: `spec.directResponse.${message}` };
}

/** Answers requests without a backend. `reading` is that of header values; in bodies, commands of Envoy always work. */
export function directResponse(reading: HeaderValueReading): Feature {
  return {
    name: directResponseSlot.name,
    extensionFields: [directResponseField],
    route(draft, { rule }) {
      const part = directResponseSlot.of(rule.parts);
      if (part === undefined) return draft;
      const { route: _forwarding, ...rest } = draft;
      const { status, body, set, add } = part;
      const header = ({ name, value }: Header) => ({ key: name, value: escapeFormat(value, reading) });
      const headers: HeaderValueOptionJson[] = [
        ...(draft.responseHeadersToAdd ?? []),
        ...add.map((each) => ({ header: header(each) })),
        ...set.map((each) => ({ header: header(each), appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" as const })),
      ];
      return {
        ...rest,
        ...(headers.length > 0 && { responseHeadersToAdd: headers }),
        directResponse: {
          status,
          ...(body !== undefined && { bodyFormat: { textFormat: escapeFormat(body, "commands") } }),
        },
      };
    },
  };
}
