# The flags that every file gets. Results must not depend on the compiler's freedom to fuse or reorder: no
# contraction of multiply-adds, and never -ffast-math.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

add_compile_options(-ffp-contract=off -Wall -Wextra)
if(EMSCRIPTEN)
  add_compile_options(-fwasm-exceptions -msimd128)
  add_link_options(-fwasm-exceptions -sSTACK_SIZE=1MB -sALLOW_MEMORY_GROWTH -sABORTING_MALLOC=0)
  if(LIVEGRAD_WASM_THREADS)
    add_compile_options(-pthread)
    add_link_options(-pthread -Wno-pthreads-mem-growth)
  endif()
endif()

# One sanitizer list per build, from the presets: "address,undefined" or "thread".
set(LIVEGRAD_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")
if(LIVEGRAD_SANITIZE)
  add_compile_options(-fsanitize=${LIVEGRAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LIVEGRAD_SANITIZE})
endif()

# One compiler cache serves every build folder and every checkout: paths are hashed relative to the checkout.
find_program(LIVEGRAD_CCACHE ccache)
if(LIVEGRAD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    ${LIVEGRAD_CCACHE})
endif()
