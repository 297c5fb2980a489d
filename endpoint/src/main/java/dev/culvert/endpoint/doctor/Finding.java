package dev.culvert.endpoint.doctor;

/**
 * One thing that was looked at.
 *
 * @param name what was looked at, the same for every host
 * @param severity how it matters
 * @param detail what was found
 * @param advice what to do about it; empty if there is nothing to do
 */
public record Finding(String name, Severity severity, String detail, String advice) {

    static Finding ok(String name, String detail) {
        return new Finding(name, Severity.OK, detail, "");
    }

    static Finding note(String name, String detail) {
        return new Finding(name, Severity.NOTE, detail, "");
    }

    static Finding unknown(String name, String why) {
        return new Finding(name, Severity.UNKNOWN, "not looked at: " + why, "");
    }

    static Finding warning(String name, String detail, String advice) {
        return new Finding(name, Severity.WARNING, detail, advice);
    }

    static Finding fault(String name, String detail, String advice) {
        return new Finding(name, Severity.FAULT, detail, advice);
    }
}
