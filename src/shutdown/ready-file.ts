/** Where the container of the shutdown manager leaves word that Envoy is drained; Envoy Gateway's own place. */
export const readyFile = "/tmp/shutdown-ready";
