import { anything, choice, object, optional, string } from "../schema/vocabulary.ts";

/** One operation of a JSON patch (RFC 6902), which may address by JSONPath (RFC 9535) where pointers do not reach. */
export const jsonPatchOperation = object("An operation.", {
  from: optional(string("JSON pointer to where a value is moved or copied from.")),
  jsonPath: optional(string("JSONPath to what is changed; `path` is then relative to each match.")),
  op: choice("What is done.", ["add", "remove", "replace", "move", "copy", "test"]),
  path: optional(string("JSON pointer to what is changed.")),
  value: optional(anything("The value to add, to put in place or to test for.")),
});
