import { RefusalView } from "./refusal-view.tsx";

export default function AdminRefusalViewPage() {
  return <RefusalView />;
}
