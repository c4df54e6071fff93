# Holds what `./mvnw package` has built; it builds nothing itself. Any glibc image with a shell and a Java 17 runtime will do.
ARG JRE=eclipse-temurin:17-jre
FROM ${JRE}
WORKDIR /opt/isotherm
COPY launcher/target/lib lib
COPY launcher/target/isotherm-launcher.jar isotherm.jar
USER 65534:65534
# Java takes the place of the shell, so that it is process 1, which is told to stop. ISOTHERM_JVM: more flags for the JVM.
ENTRYPOINT ["sh", "-c", "exec java -XX:+UseSerialGC -XX:MaxRAMPercentage=70 -Dfile.encoding=UTF-8 ${ISOTHERM_JVM:-} -jar /opt/isotherm/isotherm.jar \"$@\"", "isotherm"]
