/**
 * The files from which Envoy takes its side of the xDS channel: SDS over the file system, so that renewed certificates are taken
 * without a restart. Envoy watches the folder of the certificates.
 */
import { certificatePaths } from "./certificate-files.ts";

const secretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** The names of the secrets, as the bootstrap refers to them. */
export const sdsNames = { certificate: "xds_certificate", trustedCa: "xds_trusted_ca", token: "jwt-sa-bearer" } as const;

/** The names of the files that hold them. */
export const sdsFileNames = {
  certificate: "xds-certificate.json",
  trustedCa: "xds-trusted-ca.json",
  token: "xds_service_account_token.json",
} as const;

/** The content of the first two files, for the certificate files in `directory` (`tls.crt`, `tls.key`, `ca.crt`; an absolute path as Envoy sees it). */
export function sdsFileContents(directory: string): { readonly certificate: string; readonly trustedCa: string } {
  const { certificate, trustedCa } = secretsOf(directory);
  const watched = { watched_directory: { path: directory } };
  return {
    certificate: `${secretFile(sdsNames.certificate, { tls_certificate: { ...certificate, ...watched } })}\n`,
    trustedCa: `${secretFile(sdsNames.trustedCa, { validation_context: { ...trustedCa, ...watched } })}\n`,
  };
}

/**
 * The same for certificate files that Kubernetes mounts in `directory`: their folder is replaced as a whole when one changes, which
 * Envoy notices by itself.
 */
export function mountedSdsFileContents(directory: string): { readonly certificate: string; readonly trustedCa: string } {
  const { certificate, trustedCa } = secretsOf(directory);
  return {
    certificate: secretFile(sdsNames.certificate, { tls_certificate: certificate }),
    trustedCa: secretFile(sdsNames.trustedCa, { validation_context: trustedCa }),
  };
}

/** The content of the file that tells of a token in the file `path`. */
export function tokenSdsFileContent(path: string): string {
  return secretFile(sdsNames.token, { generic_secret: { secret: { filename: path } } });
}

function secretsOf(directory: string) {
  const paths = certificatePaths(directory);
  return {
    certificate: { certificate_chain: { filename: paths.certificate }, private_key: { filename: paths.key } },
    trustedCa: {
      trusted_ca: { filename: paths.ca },
      match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "envoy-gateway" } }],
    },
  };
}

/** A DiscoveryResponse with one Secret, in protobuf JSON. */
function secretFile(name: string, secret: object): string {
  return JSON.stringify({ resources: [{ "@type": secretType, name, ...secret }] });
}
