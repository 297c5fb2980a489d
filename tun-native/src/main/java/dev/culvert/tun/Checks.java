package dev.culvert.tun;

/** Turns a returned {@code -errno} of a control-path call into an exception with advice. */
final class Checks {
    private Checks() {}

    static int check(int result, String call) throws SystemCallException {
        if (result < 0) {
            throw failed(call, -result);
        }
        return result;
    }

    static SystemCallException failed(String call, int errno) {
        return new SystemCallException(call, errno, Advice.forCall(call, errno));
    }
}
