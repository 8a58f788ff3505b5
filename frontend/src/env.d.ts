/// <reference types="vite/client" />
declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<object, object, unknown>;
  export default component;
}

// The package has its types beside another of its builds.
declare module "simple-keyboard/build/index.modern.esm.js" {
  export { default } from "simple-keyboard/build/index.modern";
}
