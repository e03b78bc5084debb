# What prebuild.js adds to binding.gyp: what makes a binary run on older systems than its own.
{
  'target_defaults': {
    'sources': ['older_glibc.cc'],
  },
}
