/** What the kinds of the core API group have in common. */
export const coreKind = {
  group: "",
  versions: [{ name: "v1", storage: true }],
  custom: false,
} as const;
