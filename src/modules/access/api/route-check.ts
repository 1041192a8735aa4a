import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { OPTIONAL, PUBLIC, SCOPE } from '#platform/http/access.js';

/** Refuses to start with a route that neither is public nor names its scope: forgetting it must not open a door. */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const undeclared = this.discovery.getControllers().flatMap(({ metatype }) => {
      if (!metatype) return [];
      const prototype = metatype.prototype as Record<string, (...args: unknown[]) => unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .filter((name) => Reflect.hasMetadata('path', prototype[name]!))
        .filter((name) => !this.isDeclared([prototype[name]!, metatype as () => unknown]))
        .map((name) => `${metatype.name}.${name}`);
    });
    if (undeclared.length > 0)
      throw new Error(
        `These routes declare neither @Requires(scope) nor @OptionalCaller() nor @Public(): ${undeclared.join(', ')}`,
      );
  }

  private isDeclared(targets: ((...args: unknown[]) => unknown)[]): boolean {
    return (
      this.reflector.getAllAndOverride<boolean>(PUBLIC, targets) === true ||
      this.reflector.getAllAndOverride<boolean>(OPTIONAL, targets) === true ||
      this.reflector.getAllAndOverride<string>(SCOPE, targets) !== undefined
    );
  }
}
