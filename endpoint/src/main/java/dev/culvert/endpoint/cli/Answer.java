package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciSection;

/** The daemon's answers with {@code success} and {@code errmsg}. */
final class Answer {
    private Answer() {}

    static boolean isSuccess(ViciSection answer) {
        return answer.value("success").filter("yes"::equals).isPresent();
    }

    /** Prints the reason of a failure, or what there is to say of a success. */
    static int report(ViciSection answer, ControlClient.Base control) {
        if (isSuccess(answer)) {
            answer.items("notes").forEach(note -> control.out().println(note));
            return ExitCode.OK;
        }
        control.err()
                .println(
                        "culvert: "
                                + answer.value("reason")
                                        .or(() -> answer.value("errmsg"))
                                        .orElse("the daemon gives no reason"));
        answer.items("details").forEach(detail -> control.err().println("  " + detail));
        return ExitCode.FAILED;
    }
}
