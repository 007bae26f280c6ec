import { UserView } from "./user-view.tsx";

export default function AdminUserViewPage() {
  return <UserView />;
}
