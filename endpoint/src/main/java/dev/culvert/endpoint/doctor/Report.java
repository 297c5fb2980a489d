package dev.culvert.endpoint.doctor;

import java.util.List;
import java.util.stream.Stream;

/**
 * All findings.
 *
 * @param version of this program
 * @param sections in the order in which they are shown
 */
public record Report(String version, List<Section> sections) {

    public Report {
        sections = List.copyOf(sections);
    }

    /**
     * Findings that belong together.
     *
     * @param title for people
     * @param findings in the order in which they are shown
     */
    public record Section(String title, List<Finding> findings) {
        public Section {
            findings = List.copyOf(findings);
        }
    }

    /** Whether an endpoint can run here, as this user. */
    public boolean canRun() {
        return count(Severity.FAULT) == 0;
    }

    /** How many findings are of a severity. */
    public long count(Severity severity) {
        return findings().filter(finding -> finding.severity() == severity).count();
    }

    /** The findings of all sections. */
    public Stream<Finding> findings() {
        return sections.stream().flatMap(section -> section.findings().stream());
    }
}
