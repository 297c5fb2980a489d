package dev.culvert.tun;

/** What a policy rule does with what it matches ({@code FR_ACT_…}). */
public enum RuleAction {
    /** Looks into the rule's table; if that has no answer, the next rule decides. */
    LOOKUP(1),
    /** Jumps to the rule of a higher priority number; does nothing while there is none. */
    GOTO(2),
    NOP(3),
    BLACKHOLE(6),
    UNREACHABLE(7),
    PROHIBIT(8),
    /** An action that this program does not know; only read, never written. */
    OTHER(0);

    private final int number;

    RuleAction(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static RuleAction ofNumber(int number) {
        for (RuleAction action : values()) {
            if (action.number == number) {
                return action;
            }
        }
        return OTHER;
    }
}
