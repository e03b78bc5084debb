{
  'targets': [
    {
      'target_name': 'smipc',
      'sources': [
        'native/binding.cc',
        'native/binding_bytes.cc',
        'native/channel.cc',
        'native/channel_open.cc',
        'native/environment.cc',
        'native/registry.cc',
        'native/ring.cc',
        'native/survey.cc',
        'native/wait_thread.cc',
        'native/waiter.cc',
      ],
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
            'native/linux/bell_pipe.cc',
            'native/linux/directory.cc',
            'native/linux/futex.cc',
            'native/linux/heap.cc',
            'native/linux/lifeline.cc',
            'native/linux/memory_charge.cc',
            'native/linux/memory_group.cc',
            'native/linux/memory_limit.cc',
            'native/linux/monotonic.cc',
            'native/linux/process_limits.cc',
            'native/linux/role.cc',
            'native/linux/same_memory.cc',
            'native/linux/segment.cc',
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
