package dev.culvert.endpoint;

/** The program's entry point. */
public final class Main {
    private Main() {}

    /**
     * Runs the command line.
     *
     * @param args the command and its arguments
     */
    public static void main(String[] args) {
        String version = Main.class.getPackage().getImplementationVersion();
        System.out.println("culvert " + (version == null ? "(build tree)" : version));
    }
}
