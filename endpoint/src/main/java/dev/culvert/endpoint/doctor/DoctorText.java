package dev.culvert.endpoint.doctor;

import java.util.Locale;

/** The report for people. */
public final class DoctorText {

    private DoctorText() {}

    /** The verdict, then a line for each finding, and one more for what to do about it. */
    public static String render(Report report) {
        StringBuilder text = new StringBuilder();
        text.append(verdict(report)).append(System.lineSeparator());
        for (Report.Section section : report.sections()) {
            text.append(section.title()).append(System.lineSeparator());
            for (Finding finding : section.findings()) {
                text.append(
                        String.format(
                                Locale.ROOT,
                                "  %-8s%-17s%s%n",
                                word(finding.severity()),
                                finding.name(),
                                finding.detail()));
                if (!finding.advice().isEmpty()) {
                    text.append(String.format(Locale.ROOT, "  %-25s-> %s%n", "", finding.advice()));
                }
            }
        }
        return text.toString();
    }

    /** Such as {@code culvert 1.0 can run here; 2 things could be better}. */
    static String verdict(Report report) {
        StringBuilder text = new StringBuilder("culvert ").append(report.version());
        long faults = report.count(Severity.FAULT);
        long warnings = report.count(Severity.WARNING);
        if (faults > 0) {
            text.append(" cannot run here as this user: ")
                    .append(things(faults))
                    .append(" missing");
        } else {
            text.append(" can run here");
        }
        if (warnings > 0) {
            text.append("; ").append(things(warnings)).append(" could be better");
        }
        if (report.count(Severity.UNKNOWN) > 0) {
            text.append("; ").append(things(report.count(Severity.UNKNOWN))).append(" not seen");
        }
        return text.toString();
    }

    private static String things(long count) {
        return count == 1 ? "1 thing" : count + " things";
    }

    private static String word(Severity severity) {
        return switch (severity) {
            case OK -> "ok";
            case NOTE -> "note";
            case UNKNOWN -> "?";
            case WARNING -> "warning";
            case FAULT -> "MISSING";
        };
    }
}
