/** Volumes on disks of clouds and storage systems, most of them deprecated in favour of CSI. Source: Kubernetes, core/v1. */
import { boolean, integer, list, map, object, optional, string } from "../../schema/vocabulary.ts";
import { nameReference } from "./key-reference.ts";

const fsType = optional(string("Type of the file system."));
const partition = optional(integer("Partition.", { format: "int32" }));
const readOnly = optional(boolean("It cannot be written."));
const volumeID = string("ID of the disk.");
const secretRef = optional(nameReference("Secret with credentials."));
const texts = (description: string) => list(description, string("One."), { by: "atomic" });

/** Volumes on disks, by field. */
export const diskVolumes = {
  awsElasticBlockStore: optional(object("A disk of AWS.", { fsType, partition, readOnly, volumeID })),
  azureDisk: optional(
    object("A disk of Azure.", {
      cachingMode: optional(string("`None`, `ReadOnly` or `ReadWrite`.")),
      diskName: string("Name of the disk."),
      diskURI: string("URI of the disk."),
      fsType: string("Type of the file system.", { default: "ext4" }),
      kind: optional(string("`Shared`, `Dedicated` or `Managed`.")),
      readOnly: boolean("It cannot be written.", { default: false }),
    }),
  ),
  cinder: optional(object("A disk of OpenStack.", { fsType, readOnly, secretRef, volumeID })),
  csi: optional(
    object("By a CSI driver, for the life of the pod.", {
      driver: string("Name of the driver."),
      fsType,
      nodePublishSecretRef: optional(nameReference("Secret with credentials.")),
      readOnly,
      volumeAttributes: optional(map("What the driver wants to know.", string("Value."))),
    }),
  ),
  fc: optional(
    object("By Fibre Channel.", {
      fsType,
      lun: optional(integer("Logical unit.", { format: "int32" })),
      readOnly,
      targetWWNs: optional(texts("World wide names of the targets.")),
      wwids: optional(texts("World wide identifiers.")),
    }),
  ),
  flexVolume: optional(
    object("By a FlexVolume plugin.", {
      driver: string("Name of the plugin."),
      fsType,
      options: optional(map("What the plugin wants to know.", string("Value."))),
      readOnly,
      secretRef,
    }),
  ),
  gcePersistentDisk: optional(
    object("A disk of Google Cloud.", { fsType, partition, pdName: string("Name of the disk."), readOnly }),
  ),
  iscsi: optional(
    object("By iSCSI.", {
      chapAuthDiscovery: optional(boolean("CHAP for discovery.")),
      chapAuthSession: optional(boolean("CHAP for sessions.")),
      fsType,
      initiatorName: optional(string("Name of the initiator.")),
      iqn: string("Name of the target."),
      iscsiInterface: string("Interface.", { default: "default" }),
      lun: integer("Logical unit.", { format: "int32" }),
      portals: optional(texts("Further portals.")),
      readOnly,
      secretRef,
      targetPortal: string("Portal: address and port."),
    }),
  ),
  photonPersistentDisk: optional(object("A disk of Photon Controller.", { fsType, pdID: string("ID of the disk.") })),
  portworxVolume: optional(object("A volume of Portworx.", { fsType, readOnly, volumeID })),
  scaleIO: optional(
    object("A volume of ScaleIO.", {
      fsType: string("Type of the file system.", { default: "xfs" }),
      gateway: string("Its API."),
      protectionDomain: optional(string("Protection domain.")),
      readOnly,
      secretRef: nameReference("Secret with credentials."),
      sslEnabled: optional(boolean("TLS to the API.")),
      storageMode: string("`ThickProvisioned` or `ThinProvisioned`.", { default: "ThinProvisioned" }),
      storagePool: optional(string("Storage pool.")),
      system: string("Name of the system."),
      volumeName: optional(string("Name of the volume.")),
    }),
  ),
  storageos: optional(
    object("A volume of StorageOS.", {
      fsType,
      readOnly,
      secretRef,
      volumeName: optional(string("Name of the volume.")),
      volumeNamespace: optional(string("Its namespace in StorageOS.")),
    }),
  ),
  vsphereVolume: optional(
    object("A disk of vSphere.", {
      fsType,
      storagePolicyID: optional(string("ID of the storage policy.")),
      storagePolicyName: optional(string("Name of the storage policy.")),
      volumePath: string("Path of the disk."),
    }),
  ),
};
