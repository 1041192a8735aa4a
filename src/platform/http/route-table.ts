/** Which methods an address has, so that a wrong method is told from a wrong address (405 and 404). */
export class RouteTable {
  private readonly routes: { pattern: RegExp; methods: Set<string> }[] = [];

  add(url: string, methods: readonly string[]): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(
      `^${url
        .split('/')
        .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
        .join('/')}/?$`,
    );
    const known = this.routes.find((route) => route.pattern.source === pattern.source);
    if (known) for (const method of methods) known.methods.add(method);
    else this.routes.push({ pattern, methods: new Set(methods) });
  }

  methodsOf(path: string): string[] {
    const methods = new Set(
      this.routes.filter((route) => route.pattern.test(path)).flatMap((route) => [...route.methods]),
    );
    methods.delete('OPTIONS');
    return [...methods].sort();
  }
}
