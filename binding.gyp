{
  'targets': [
    {
      'target_name': 'smipc',
      'sources': [
        'native/channel/endpoint.cc',
        'native/channel/endpoint_life.cc',
        'native/channel/endpoint_open.cc',
        'native/channel/environment.cc',
        'native/channel/lifelines.cc',
        'native/channel/peer_bells.cc',
        'native/channel/registry.cc',
        'native/channel/survey.cc',
        'native/core/hidden_name.cc',
        'native/core/identity.cc',
        'native/core/ring.cc',
        'native/core/role_claim.cc',
        'native/core/role_state.cc',
        'native/node/binding.cc',
        'native/node/byte_calls.cc',
        'native/node/contract.cc',
        'native/node/endpoint_calls.cc',
        'native/node/environment_calls.cc',
        'native/waiting/death_watch.cc',
        'native/waiting/lifeline_watch.cc',
        'native/waiting/role_lock_watch.cc',
        'native/waiting/wait_thread.cc',
        'native/waiting/waiter.cc',
        'native/waiting/watch.cc',
      ],
      'variables': { 'exports': 'native/node/exports.map' },
      # Includes name a file by its path in native/.
      'include_dirs': ['native'],
      'defines': [
        'NAPI_VERSION=8',
        'NAPI_DISABLE_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        # In a worker that is being terminated nothing can be thrown any more, and nothing need be.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'conditions': [
        ['OS=="linux"', {
          'sources': [
            'native/platform/linux/boot.cc',
            'native/platform/linux/byte_lock.cc',
            'native/platform/linux/default_directory.cc',
            'native/platform/linux/file_system.cc',
            'native/platform/linux/heap.cc',
            'native/platform/linux/marked_words.cc',
            'native/platform/linux/memory_charge.cc',
            'native/platform/linux/memory_group.cc',
            'native/platform/linux/memory_limit.cc',
            'native/platform/linux/monotonic.cc',
            'native/platform/linux/new_file.cc',
            'native/platform/linux/random.cc',
            'native/platform/linux/reserve.cc',
            'native/platform/linux/thread.cc',
            'native/platform/linux/word_wait.cc',
            'native/platform/posix/bell.cc',
            'native/platform/posix/directory.cc',
            'native/platform/posix/file.cc',
            'native/platform/posix/lifeline.cc',
            'native/platform/posix/process_limits.cc',
            'native/platform/posix/reserve.cc',
            'native/platform/posix/role_lock.cc',
            'native/platform/posix/same_memory.cc',
            'native/platform/posix/segment.cc',
            'native/platform/posix/temporary_file.cc',
            'native/platform/posix/thread.cc',
            'native/platform/posix/word_wait.cc',
          ],
          'cflags_cc': [
            '-std=c++17',
            '-fno-exceptions',
            '-fno-rtti',
            '-fvisibility=hidden',
            '-Wall',
            '-Wextra',
            '-Wshadow',
            # A system directory, so that the warnings are about our own files.
            '-isystem', '<!(node -p "require(\'path\').resolve(require(\'node-addon-api\').include_dir)")',
          ],
          # Nothing but what Node looks for: templates of the C++ library would be visible otherwise, and
          # one that another addon has, compiled otherwise, would be taken for ours.
          'ldflags': ['-Wl,--version-script=<(module_root_dir)/<(exports)'],
          'configurations': {
            'Release': {
              'cflags!': ['-O3'],
              'cflags': ['-O2'],
            },
          },
        }, {
          # Stops here, before a compiler says it less clearly.
          'sources': ['<!(node -e "console.error(\'smipc runs on Linux only for now: it has no native code for this platform.\'); process.exit(1)")'],
        }],
      ],
    },
  ],
}
