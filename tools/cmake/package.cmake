# cmake --install, and find_package(livegrad) for programs outside the tree. The public headers use xtensor and xtl,
# so those go along at their exact versions, in a folder of their own.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/livegrad)
set(vendor_folder ${CMAKE_INSTALL_INCLUDEDIR}/livegrad-vendor)

install(TARGETS core livegrad_xtensor livegrad_xtl EXPORT livegrad)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/livegrad DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(name xtensor xtl)
  install(DIRECTORY ${livegrad_${name}_INCLUDE}/${name} DESTINATION ${vendor_folder})
  target_include_directories(livegrad_${name} SYSTEM INTERFACE $<INSTALL_INTERFACE:${vendor_folder}>)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/livegrad)
if(IS_DIRECTORY ${LIVEGRAD_TOOLCHAIN}/include/licenses)
  install(FILES ${LIVEGRAD_TOOLCHAIN}/include/licenses/xtensor ${LIVEGRAD_TOOLCHAIN}/include/licenses/xtl
    DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/livegrad)
endif()
install(EXPORT livegrad NAMESPACE livegrad:: FILE livegradTargets.cmake DESTINATION ${package_folder})

configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/livegradConfig.cmake.in
  ${PROJECT_BINARY_DIR}/livegradConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/livegradConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/livegradConfig.cmake ${PROJECT_BINARY_DIR}/livegradConfigVersion.cmake
  DESTINATION ${package_folder})
