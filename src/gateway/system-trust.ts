import { existsSync } from "node:fs";

/** Where Linux distributions keep the CA certificates of the system; the first is that of Debian, which the images of Envoy are made from. */
const places = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const;

/**
 * The file with the CA certificates of the system that proxies run on.
 * @param hostInfrastructure they run on this machine, where it can be looked for
 */
export function systemTrustFile(hostInfrastructure: boolean): string {
  const [usual] = places;
  return hostInfrastructure ? (places.find((place) => existsSync(place)) ?? usual) : usual;
}
