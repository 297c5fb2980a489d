package dev.culvert.tun;

import java.net.InetAddress;

/** Does what a start of the endpoint does, and prints what comes of it; run by HostErrorsIT. */
final class HostErrorsMain {
    private HostErrorsMain() {}

    /** Something that may be refused. */
    private interface Step {
        AutoCloseable open() throws Exception;
    }

    public static void main(String[] arguments) {
        print("tun", () -> TunDevice.open(TunOptions.named("culvert%d")));
        print(
                "mark",
                () ->
                        UdpSocket.open(
                                UdpOptions.boundTo(InetAddress.ofLiteral("127.0.0.1"), 0)
                                        .withMark(1)));
        print(
                "bind",
                () ->
                        UdpSocket.open(
                                UdpOptions.boundTo(InetAddress.ofLiteral("127.0.0.1"), 500)
                                        .withBufferBytes(100_000, 100_000)));
        print(
                "netlink",
                () -> {
                    RtNetlink netlink = RtNetlink.open();
                    netlink.addAddress(
                            new InterfaceAddress(1, InetAddress.ofLiteral("127.0.0.2"), 8, 254, 0));
                    return netlink;
                });
        HostCheck check = HostCheck.run();
        check.findings().forEach(System.out::println);
        System.out.println("usable=" + check.isUsable());
    }

    private static void print(String name, Step step) {
        try (AutoCloseable opened = step.open()) {
            System.out.println(name + ": " + opened.getClass().getSimpleName());
        } catch (Exception e) {
            System.out.println(name + ": " + e.getMessage());
        }
    }
}
