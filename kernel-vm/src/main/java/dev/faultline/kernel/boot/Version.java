// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version of the jar, and the Java that runs it. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "faultline " + (version == null ? "(not packaged)" : version),
      "on Java " + Runtime.version() + ", " + System.getProperty("os.name")
    };
  }
}
