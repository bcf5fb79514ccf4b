# One-definition rule: a file compiled for AVX2 must not hand the linker an inline function that other files share,
# since the linker might keep that copy for machines without AVX2. So every weak symbol of such an object has to
# carry the name of its instruction set.
#   NM, OBJECTS (a file with one object per line)
cmake_minimum_required(VERSION 3.24)
file(STRINGS ${OBJECTS} objects)
set(offenders "")
foreach(isa avx2 avx512)
  set(isa_objects ${objects})
  list(FILTER isa_objects INCLUDE REGEX "/kernels/isa/${isa}\\.cpp")
  foreach(object IN LISTS isa_objects)
    execute_process(COMMAND ${NM} --demangle ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
    # Brackets and semicolons mean something in CMake's lists.
    string(REGEX REPLACE "[][;]" "_" symbols "${symbols}")
    string(REPLACE "\n" ";" symbols "${symbols}")
    list(FILTER symbols INCLUDE REGEX " [uVvWw] ")
    list(FILTER symbols EXCLUDE REGEX "${isa}")
    # A pointer to the exception handler, the same in every object.
    list(FILTER symbols EXCLUDE REGEX " DW\\.ref\\.__gxx_personality_v0$")
    # Undefined weak references give the linker nothing.
    list(FILTER symbols EXCLUDE REGEX "^ +[vw] ")
    foreach(symbol IN LISTS symbols)
      string(APPEND offenders "\n  ${isa}.cpp: ${symbol}")
    endforeach()
  endforeach()
endforeach()
if(offenders)
  message(FATAL_ERROR "Weak symbols without the name of their instruction set:${offenders}")
endif()
