/** Dynamic modules that policies may use: `spec.dynamicModules` of EnvoyProxy. */
import { boolean, choice, list, object, optional, string } from "../schema/vocabulary.ts";

const source = object(
  "Where the module is.",
  {
    local: optional(
      object("A file where the proxy runs.", { path: string("Path of the file.", { minLength: 1, maxLength: 4096 }) }),
    ),
    remote: optional(
      object("A download.", {
        sha256: string("Checksum of the file, hexadecimal.", { pattern: "^[a-f0-9]{64}$" }),
        url: string("URL of the file.", { minLength: 1, maxLength: 4096, pattern: "^https?://[^/?#]+(?:[/?#].*)?$" }),
      }),
    ),
    type: choice("Which of the two.", ["Local", "Remote"], { default: "Local" }),
  },
  {
    rules: [
      {
        rule: "self.type == 'Remote' ? has(self.remote) : !has(self.remote)",
        message: "If type is Remote, remote field needs to be set.",
      },
      { rule: "self.type != 'Local' || has(self.local)", message: "If type is Local, local field needs to be set." },
      {
        rule: "self.type == 'Remote' ? !has(self.local) : true",
        message: "If type is Remote, local field must not be set.",
      },
    ],
  },
);

const dynamicModule = object("A module.", {
  doNotClose: boolean("It stays loaded when nothing uses it any more.", { default: false }),
  loadGlobally: boolean("Its symbols are there for other modules.", { default: false }),
  name: string("Name by which policies use it.", { minLength: 1, maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }),
  source,
});

/** The modules that policies may use. */
export const dynamicModules = list("Modules that policies may use.", dynamicModule, { maxItems: 16, by: ["name"] });
