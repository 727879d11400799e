import type { ValidationRule } from "../schema/schema.ts";

/** Keys of ConfigMaps and Secrets: names of files, at most 253 characters. Source: Kubernetes, validation.IsConfigMapKey. */
export const dataKeyRules: readonly ValidationRule[] = [
  {
    rule: "self.all(key, key.size() <= 253 && key.matches('^[-._a-zA-Z0-9]+$') && key != '.' && !key.startsWith('..'))",
    message:
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.', at most 253 of them, and must not be '.' or start with '..'",
  },
];
