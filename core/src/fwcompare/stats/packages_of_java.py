"""Packages of Java, from ``io.netty.channel.nio.NioIoHandler.run`` as ``profilers/frame_names.py`` writes it.

- The first three parts of the package, as that is where artifacts differ: ``io.netty.channel``, ``io.vertx.pgclient``,
  ``com.fasterxml.jackson``; :data:`APP` for classes without one.
- :data:`JDK`, the classes that come with the virtual machine, and what is native of them.
- :data:`MACHINE`, the virtual machine itself, of which :data:`COMPILER` and :data:`GARBAGE` stand alone: a server that
  compiles much has not warmed up.
- :data:`INTERPRETER`, methods that run and are not compiled: perf's map has one name for them all.
- :data:`STUBS`, machine code that the virtual machine made and that is no method: copying, hashing, calls between
  compiled and interpreted code.
"""

import re
from collections.abc import Mapping
from typing import Final

APP: Final = "[app]"
JDK: Final = "[jdk]"
MACHINE: Final = "[jvm]"
COMPILER: Final = "[jvm compiler]"
GARBAGE: Final = "[jvm gc]"
INTERPRETER: Final = "[interpreter]"
STUBS: Final = "[jvm stubs]"

BELOW: Final[Mapping[str, re.Pattern[str]]] = {
    COMPILER: re.compile(r"CompileBroker::(?:compiler_thread_loop|invoke_compiler_on_method)|CompilerThread::"),
    GARBAGE: re.compile(
        r"(?:Abstract)?GangWorker::|WorkerThread::|ConcurrentGCThread::|G1(?!Barrier)\w*::|VM_G\w*Collect\w*::"
        r"|GenCollectedHeap::|SerialHeap::|DefNewGeneration::|PS(?:Scavenge|ParallelCompact|Promotion)\w*::"
        r"|ParallelScavengeHeap::|Shenandoah\w*::|Z(?:Collected|Driver|Director|Mark|Relocate|Worker)\w*::"
    ),
}

_METHOD: Final = re.compile(r"(?P<package>(?:[a-z_][\w-]*\.)*)[A-Z$][\w$+/-]*\.(?:<init>|<clinit>|[\w$-]+)")
_OF_JDK: Final = re.compile(r"(?:java|javax|jdk|sun|com\.sun)\.")
_NATIVE_OF_JDK: Final = re.compile(r"Java_(?:java|javax|jdk|sun|com_sun)_")
_OF_MACHINE: Final = re.compile(r"(?:[A-Za-z_]\w*|\(anonymous namespace\))(?:<.*>)?::|JVM_|jni_|thread_native_entry")
_STUB: Final = re.compile(
    r"StubRoutines\b|[iv]table chunks|I2C/C2I|\w+ Runtime1 stub|RuntimeStub|\w*Blob\b|MethodHandlesAdapter"
    r"|\w+_(?:Java|blob|stub)\b"
)
_PARTS: Final = 3


def package_of(frame: str) -> str | None:
    """Give the package; None where nothing tells it, as of C libraries."""
    if frame == "Interpreter":
        return INTERPRETER
    if found := _METHOD.fullmatch(frame):
        package = found["package"]
        if _OF_JDK.match(package):
            return JDK
        return ".".join(package.split(".")[:_PARTS]).rstrip(".") or APP
    if _NATIVE_OF_JDK.match(frame):
        return JDK
    if _STUB.match(frame):
        return STUBS
    return MACHINE if _OF_MACHINE.match(frame) else None
