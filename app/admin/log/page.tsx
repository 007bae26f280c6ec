import { LogView } from "./log-view.tsx";

export default function AdminLogViewPage() {
  return <LogView />;
}
