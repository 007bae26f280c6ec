import { HostView } from "./host-view.tsx";

export default function AdminHostViewPage() {
  return <HostView />;
}
