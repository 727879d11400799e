/** Volumes on file systems that several machines share. Source: Kubernetes, core/v1. */
import { boolean, list, object, optional, string } from "../../schema/vocabulary.ts";
import { nameReference } from "./key-reference.ts";

const readOnly = optional(boolean("It cannot be written."));
const secretRef = optional(nameReference("Secret with credentials."));
const monitors = list("Addresses of the monitors.", string("An address."), { by: "atomic" });

/** Volumes on shared file systems, by field. */
export const sharedVolumes = {
  azureFile: optional(
    object("A share of Azure.", {
      readOnly,
      secretName: string("Secret with credentials."),
      shareName: string("Name of the share."),
    }),
  ),
  cephfs: optional(
    object("Ceph's file system.", {
      monitors,
      path: optional(string("Path in it.")),
      readOnly,
      secretFile: optional(string("File with the key.")),
      secretRef,
      user: optional(string("User.")),
    }),
  ),
  flocker: optional(
    object("A dataset of Flocker.", {
      datasetName: optional(string("Its name.")),
      datasetUUID: optional(string("Its UUID.")),
    }),
  ),
  glusterfs: optional(
    object("A volume of GlusterFS.", {
      endpoints: string("Endpoints object with the addresses."),
      path: string("The volume."),
      readOnly,
    }),
  ),
  nfs: optional(
    object("By NFS.", { path: string("The path that the server exports."), readOnly, server: string("The server.") }),
  ),
  quobyte: optional(
    object("A volume of Quobyte.", {
      group: optional(string("Group.")),
      readOnly,
      registry: string("Addresses of the registry."),
      tenant: optional(string("Tenant.")),
      user: optional(string("User.")),
      volume: string("Name of the volume."),
    }),
  ),
  rbd: optional(
    object("A block device of Ceph.", {
      fsType: optional(string("Type of the file system.")),
      image: string("Name of the image."),
      keyring: string("File with the key.", { default: "/etc/ceph/keyring" }),
      monitors,
      pool: string("Pool.", { default: "rbd" }),
      readOnly,
      secretRef,
      user: string("User.", { default: "admin" }),
    }),
  ),
};
