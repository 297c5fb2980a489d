package dev.culvert.endpoint.doctor;

/** How much a finding matters. */
public enum Severity {
    /** All is well. */
    OK,
    /** Worth knowing, nothing to do. */
    NOTE,
    /** This user may not look, or there was nothing to look at. */
    UNKNOWN,
    /** Works, but not as well or not with all settings. */
    WARNING,
    /** The endpoint cannot run. */
    FAULT
}
