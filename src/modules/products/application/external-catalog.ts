/** A product as another system's catalogue has it. */
export interface ExternalItem {
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  /** In minor units. */
  readonly price: number;
  readonly currency: string;
  readonly stock: number;
}

/** What cannot be taken over, and why. */
export interface RejectedItem {
  readonly sku: string | null;
  readonly detail: string;
}

export interface CatalogContents {
  readonly items: readonly ExternalItem[];
  readonly rejected: readonly RejectedItem[];
}

/** Another system's catalogue. @throws Unavailable, NoCatalogue */
export abstract class ExternalCatalog {
  abstract read(): Promise<CatalogContents>;
}
