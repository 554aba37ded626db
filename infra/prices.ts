/** Rough list prices in US dollars for a month of 730 hours, of regions in the United States and not checked against a price list; others, such as West Europe, cost more. They only say how things compare. */
export const PRICES = {
  clusterTier: { Free: 0, Standard: 73, Premium: 438 },
  edge: {
    Standard_v2: { fixed: 180, capacityUnit: 5.8 },
    WAF_v2: { fixed: 323, capacityUnit: 10.5 },
  },
  publicAddress: 3.7,
  loadBalancer: 18.3,
  registryTier: { Basic: 5, Standard: 20, Premium: 50 },
  /** For each 100 request units a second that are reserved for the whole month. */
  reservedThroughput: 8.8,
  zoneRedundantThroughput: 1.25,
  /** A million request units without reservation. */
  serverlessMillion: 0.25,
  privateEndpoint: 7.3,
  privateZone: 0.5,
  logGigabyte: 2.5,
  vault: 0.1,
  metricAlert: 0.1,
  queryAlert: 1.5,
} as const;

interface NodeSize {
  readonly price: number;
  /** Of the machine's own disk, which costs nothing but holds little. */
  readonly ownDiskGb: number;
}

/** Machines whose price is known; others work as well, but are left out of the estimate. */
export const NODE_SIZES: Readonly<Record<string, NodeSize>> = {
  Standard_B2ms: { price: 61, ownDiskGb: 16 },
  Standard_B4ms: { price: 121, ownDiskGb: 32 },
  Standard_D2ds_v5: { price: 83, ownDiskGb: 75 },
  Standard_D4ds_v5: { price: 165, ownDiskGb: 150 },
  Standard_D8ds_v5: { price: 330, ownDiskGb: 300 },
  Standard_D16ds_v5: { price: 660, ownDiskGb: 600 },
};

/** Of a node whose size has no disk of its own that is large enough. */
export const MANAGED_DISK = 19.7;
