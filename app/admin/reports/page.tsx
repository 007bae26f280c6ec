import { ReportView } from "./report-view.tsx";

export default function AdminReportViewPage() {
  return <ReportView />;
}
