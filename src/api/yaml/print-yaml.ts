import { type CreateNodeOptions, type DocumentOptions, type SchemaOptions, stringify, type ToStringOptions } from "yaml";

/** Go's parser follows YAML 1.1 in part: there `off`, `y` and times are no texts unless they stand in quotes. */
const options: DocumentOptions & SchemaOptions & CreateNodeOptions & ToStringOptions = {
  version: "1.1",
  lineWidth: 0,
  aliasDuplicateObjects: false,
};

/** Prints a value as YAML that parsers of YAML 1.1 and 1.2 read alike. `sorted`: keys in order instead of as they are. */
export function printYaml(value: unknown, sorted = false): string {
  return stringify(value, { ...options, sortMapEntries: sorted });
}
