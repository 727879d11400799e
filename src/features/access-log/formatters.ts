import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import { typed } from "../typed-config.ts";

/** The extensions that formats need for commands that are not Envoy's own, as a field of a log's configuration; none where none is. */
export function formattersFor(formats: readonly string[]): { readonly formatters?: TypedExtensionConfigJson[] } {
  const needed = formatters.flatMap(([command, extension]) =>
    formats.some((format) => format.includes(`%${command}`)) ? extension : [],
  );
  return needed.length === 0 ? {} : { formatters: needed };
}

const formatters: readonly (readonly [string, TypedExtensionConfigJson])[] = [
  [
    "REQ_WITHOUT_QUERY",
    {
      name: "envoy.formatter.req_without_query",
      typedConfig: typed("envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery", {}),
    },
  ],
  ["METADATA", { name: "envoy.formatter.metadata", typedConfig: typed("envoy.extensions.formatter.metadata.v3.Metadata", {}) }],
  ["CEL", { name: "envoy.formatter.cel", typedConfig: typed("envoy.extensions.formatter.cel.v3.Cel", {}) }],
];
