/** A product as another system's catalogue has it. */
export interface CatalogueItem {
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

export interface CatalogueContents {
  readonly items: readonly CatalogueItem[];
  readonly rejected: readonly RejectedItem[];
}

/** Another system's catalogue. @throws Unavailable, NoCatalogue */
export abstract class Catalogue {
  abstract read(): Promise<CatalogueContents>;
}
