import { NODE_SIZES } from './prices.ts';
import type { Settings } from './profiles.ts';

/** Keeps everything but the cluster's own services away from a node. */
export const SYSTEM_NODES_ONLY = 'CriticalAddonsOnly=true:NoSchedule';

/** Where the disk of the system fits onto the machine's own, it is faster and costs nothing. */
const OWN_DISK_GB = 64;

/** What the machines of both pools have in common. */
export function nodePool(settings: Settings, vmSize: string) {
  const hasOwnDisk = (NODE_SIZES[vmSize]?.ownDiskGb ?? 0) >= OWN_DISK_GB;
  return {
    type: 'VirtualMachineScaleSets',
    vmSize,
    osType: 'Linux',
    osSKU: 'AzureLinux',
    osDiskType: hasOwnDisk ? 'Ephemeral' : 'Managed',
    osDiskSizeGB: hasOwnDisk ? OWN_DISK_GB : 128,
    maxPods: 110,
    ...(settings.zones.length > 0 && { availabilityZones: [...settings.zones] }),
    upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 30 },
    securityProfile: { enableVTPM: true, enableSecureBoot: true, sshAccess: 'Disabled' },
  };
}
